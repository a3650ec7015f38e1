import t from 'tap';
import { testCatalogue } from '../../test/error-catalogue.ts';
import { explain, knownCodes, ruleFor } from './errors.ts';
import { texts } from './texts/index.ts';

/** The table of Twilio's error dictionary as far as WhatsApp, sending and templates go. */
const documented = [
  20003, 20404, 20429, 20500, 20503, 21211, 21212, 21606, 21408, 21602, 21619, 21608, 21610, 21611, 21612, 21614, 21617, 21620, 21623, 21654, 92005, 21655, 21656, 11200, 12300, 11751, 30008,
  63001, 63002, 63003, 63005, 63007, 63008, 63009, 63010, 63012, 63013, 63014, 63015, 63016, 63018, 63019, 63020, 63021, 63024, 63026, 63027, 63028, 63029, 63030, 63031, 63032, 63033, 63036, 63038,
  63040, 63041, 63042, 63049, 63051,
];

const families = ['20999', '21265', '21999', '30034', '63999'];
testCatalogue(t, { explain, outcomeOf: (code) => ruleFor(code).outcome, codes: [...knownCodes, ...families], texts });

t.test('every documented code is in the catalogue', async (t) => {
  for (const code of documented) t.ok(knownCodes.includes(String(code)), String(code));
});

t.test('a code that is not known is read by its family, and one of no family has words too', async (t) => {
  const sentences = { 20999: 'error.call', 21265: 'error.recipient', 21999: 'error.request', 30034: 'error.carrier', 63999: 'error.channel', 99999: 'error.unknown' };
  for (const [code, sentence] of Object.entries(sentences)) t.match(explain({ code, said: '' }), { sentence, retried: false });
  for (const code of ['', 'x', '__proto__', 'constructor', 'http-418', 'NaN', '2e4', '0x4e20', '63016 ']) t.equal(explain({ code, said: '' }).sentence, 'error.unknown', code);
  t.match(explain({ code: 'http-503', said: '' }), { sentence: 'error.temporary', retried: true });
  t.match(explain({ code: 'silence', said: '' }), { sentence: 'error.silence', retried: false });
});

t.test('what is retried is what passes by itself', async (t) => {
  t.same(documented.filter((code) => explain({ code: String(code), said: '' }).retried), [20429, 20500, 20503, 21611, 30008, 63009, 63010, 63012, 63018, 63019, 63038]);
});
