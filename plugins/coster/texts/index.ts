/** Words for the form, the doctor and the error catalogue. English decides which keys there are; a language that lacks one does not compile. */
import { en } from './en.ts';
import { es } from './es.ts';
import { id } from './id.ts';

export const texts = { en, es, id };
