/** Templates: read whole, worded as their variables say, refused before anything is asked, and never said to be done when they are not. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import type { Channel, TemplateDraft, TemplateRecord } from '#plugin';
import { attempt, discreet, failures, isRefusal } from './attempt.ts';
import { frozen, holds, matches, pure, type Check } from './check.ts';
import { inTurn, type ChannelEvidence } from './evidence.ts';
import { secretsIn, worded } from './plugin.ts';
import { faultIn, problem, templateRecord } from './shapes.ts';

export function templateChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings, templates: known } = evidence;
  const { templates } = channel;
  const none = !templates && { skip: 'it has no templates' };
  const outcomes = () => failures(secretsIn(channel.settings, settings)[0] ?? '');
  const draft = known?.draft;

  return [
    {
      name: 'its templates are listed to the end, each with an id of its own and words that agree with its variables',
      ...none,
      async run() {
        holds(known, 'it has templates: add `templates` to the evidence');
        holds(known.source.trim() !== '', 'the evidence of templates does not say where it comes from');
        const says = inTurn(known.pages);
        const listed: TemplateRecord[] = [];
        let cursor: string | undefined;
        for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
          holds(page <= known.pages.length, `after ${page} pages it wants another one, and the provider has ${known.pages.length}`);
          const at: string | undefined = cursor;
          const { result, thrown, calls } = await attempt(settings, says, async (ctx) => templates?.list(ctx, at), known.store);
          holds(thrown === undefined && result, `page ${page + 1} throws ${String(thrown)}`);
          holds(calls.length <= 1, `page ${page + 1} takes ${calls.length} calls: one page at a time, core asks for the next`);
          listed.push(...result.templates);
          cursor = result.next;
        }
        matches(listed, known.expect, 'the list');
        assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length, 'two templates have one id');
        for (const record of listed) consistent(record);
      },
    },
    {
      name: 'a list of templates that fails is an error, never an empty list',
      ...none,
      async run() {
        for (const { name, says, status } of outcomes()) {
          const made = await attempt(settings, says, async (ctx) => templates?.list(ctx));
          discreet(channel, settings, made, `after ${name}`);
          holds(made.calls.length === 0 || !isRefusal(status) || made.thrown instanceof Error, `after ${name} it lists ${JSON.stringify(made.result)}: a failure is thrown`);
        }
      },
    },
    {
      name: 'a draft that nobody could send is refused in words, purely, and a sound one is not',
      ...(!templates?.validate && { skip: templates ? 'it takes any draft' : 'it has no templates' }),
      run() {
        const judge = (one: TemplateDraft) => pure(() => templates?.validate?.(frozen(structuredClone(one)))) ?? [];
        for (const one of hopeless) {
          const problems = judge(one);
          holds(problems.length > 0, `it takes the draft ${JSON.stringify(one)}`);
          for (const found of problems) {
            const fault = faultIn(problem, found);
            holds(fault === undefined, `${JSON.stringify(one)}: ${fault}`);
            worded(channel, found.problem, 'the problem of a draft');
          }
        }
        holds(draft, 'it judges drafts: add one that the provider would take to the evidence, as templates.draft');
        assert.deepEqual(judge(draft), [], 'the draft of the evidence is refused');
      },
    },
    {
      name: 'a template that was not made or deleted is not said to be',
      ...(!templates?.create && !templates?.delete && { skip: templates ? 'its templates are made at the provider' : 'it has no templates' }),
      async run() {
        for (const { name, says, status } of outcomes()) {
          if (templates?.create) {
            holds(draft, 'it makes templates: add a draft to the evidence, as templates.draft');
            const made = await attempt(settings, says, async (ctx) => templates.create?.(structuredClone(draft), ctx));
            discreet(channel, settings, made, `making, after ${name}`);
            holds(made.calls.length === 0 || !isRefusal(status) || made.thrown instanceof Error, `after ${name} it is made, as far as anybody can tell: a failure is thrown`);
            const fault = made.result && faultIn(templateRecord, made.result);
            holds(fault === undefined, `after ${name}: ${fault}`);
          }
          const gone = await attempt(settings, says, async (ctx) => templates?.delete?.('template-1', ctx));
          discreet(channel, settings, gone, `deleting, after ${name}`);
          // Somebody deleted it at the provider: then it is gone, too.
          holds(gone.calls.length === 0 || !isRefusal(status) || status === 404 || gone.thrown instanceof Error, `after ${name} it is deleted, as far as anybody can tell: a failure is thrown`);
        }
      },
    },
  ];
}

/** Every `{{key}}` that a person would read is one that can be filled in. */
function consistent(record: TemplateRecord): void {
  const fault = faultIn(templateRecord, record);
  holds(fault === undefined, `“${record.name}”: ${fault}`);
  const keys = record.variables.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, `“${record.name}”: a variable stands there twice: ${keys.join(', ')}`);
  const { header, body } = record.preview;
  const placesIn = (words: string) => [...words.matchAll(/\{\{\s*([\w.-]+)\s*\}\}/g)].map(([, place = '']) => place);
  for (const place of placesIn(body)) holds(keys.includes(place), `“${record.name}”: {{${place}}} stands in the text, and no variable is called so`);
  for (const place of header?.kind === 'text' ? placesIn(header.text) : []) holds(keys.includes(place) || keys.includes(`header.${place}`), `“${record.name}”: {{${place}}} stands in the header, and no variable is called so`);
}

const sound: TemplateDraft = { name: 'welcome', language: 'en', category: 'UTILITY', preview: { body: 'Hello there.' }, examples: {} };
const hopeless: readonly TemplateDraft[] = [
  { ...sound, name: '' },
  { ...sound, name: 'Große Begrüßung!' },
  { ...sound, language: 'English, please' },
  { ...sound, preview: { body: ' ' } },
];
