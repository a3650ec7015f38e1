/** A guide that somebody can follow: every setting is explained, in every language, and nothing is handed over that must not be. */
import type { Static, TSchema } from 'typebox';
import { Type } from 'typebox';
import type { Channel, Guide } from '#plugin';
import { fieldShapes } from '../../core/plugin/fields.ts';
import { holds, inTime, type Check } from './check.ts';
import type { ChannelEvidence } from './evidence.ts';
import { faultIn } from './shapes.ts';

const locales = ['en', 'es', 'id'] as const;
const some = Type.String({ pattern: '\\S' });
const shape = Type.Object({
  before: Type.Array(some, { minItems: 1 }),
  steps: Type.Array(Type.Object({ title: some, does: Type.Array(some), fields: Type.Optional(Type.Record(Type.String(), some)) }, { additionalProperties: false }), { minItems: 1 }),
  handOff: Type.Array(some, { minItems: 1 }),
}, { additionalProperties: false });

export function guideChecks<S extends TSchema>(channel: Channel<S>, { settings }: ChannelEvidence<Static<S>>): Check[] {
  const shapes = fieldShapes(channel.settings);
  return [
    {
      name: 'its guide explains every setting once, in every language, in the same steps',
      ...(!channel.guide && { skip: 'it has no guide' }),
      async run() {
        const guides = await Promise.all(locales.map(async (locale) => inTime('guide', Promise.resolve(channel.guide?.(locale)))));
        for (const [n, guide] of guides.entries()) {
          const fault = faultIn(shape, guide);
          holds(fault === undefined, `in ${locales[n]}: ${fault}`);
          if (!guide) continue;
          const explained = guide.steps.flatMap(({ fields }) => Object.keys(fields ?? {}));
          for (const { name } of shapes) holds(explained.filter((one) => one === name).length === 1, `in ${locales[n]} the setting ${name} is explained ${explained.filter((one) => one === name).length} times`);
          for (const name of explained) holds(shapes.some((one) => one.name === name), `in ${locales[n]} it explains ${name}, which is no setting`);
          for (const words of textsOf(guide)) holds(n === 0 || !guides[0] || !textsOf(guides[0]).includes(words) || !/\p{L}+ \p{L}+ \p{L}+/u.test(words), `in ${locales[n]} it still says “${words}”`);
          holds(JSON.stringify(formOf(guide)) === JSON.stringify(guides[0] && formOf(guides[0])), `in ${locales[n]} it has other steps than in English`);
        }
      },
    },
    {
      name: 'what it hands over are its settings, and of the secrets only what is made here',
      ...(!channel.tells && { skip: 'it does not say what it hands over' }),
      run() {
        for (const name of channel.tells?.(settings) ?? []) {
          const field = shapes.find((one) => one.name === name);
          holds(field, `it hands over ${name}, which is no setting`);
          holds(field?.kind !== 'secret' || field.words.generate === true, `it hands over ${name}, a secret that came from the provider`);
        }
      },
    },
  ];
}

const textsOf = ({ before, steps, handOff }: Guide): string[] => [...before, ...steps.flatMap(({ title, does, fields }) => [title, ...does, ...Object.values(fields ?? {})]), ...handOff];
const formOf = ({ before, steps, handOff }: Guide) => [before.length, steps.map(({ does, fields }) => [does.length, Object.keys(fields ?? {})]), handOff.length];
