/** The error catalogue: every code that it names, and any other, has a sentence and a next step in each language. */
import t from 'tap';
import { testCatalogue } from '../../test/error-catalogue.ts';
import { explain, knownCodes, outcomeOf } from './errors.ts';
import { texts } from './texts/index.ts';

testCatalogue(t, { explain, outcomeOf, codes: knownCodes, texts });
