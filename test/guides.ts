/** The guides of the built-in channels as documents: `node test/guides.ts` writes them, a test holds them to what the product shows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Channel, TSchema } from '#plugin';
import { drawFields } from '../core/plugin/fields.ts';
import coster from '../plugins/coster/index.ts';
import metaCloud from '../plugins/meta-cloud/index.ts';
import qontak from '../plugins/qontak/index.ts';
import twilio from '../plugins/twilio/index.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'set-up');

/** By the path of each. */
export async function guideDocuments(): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  const pages = [await documentOf(twilio), await documentOf(metaCloud), await documentOf(qontak), await documentOf(coster)];
  for (const { name, text } of pages) documents.set(join(folder, `${name}.md`), text);
  return documents;
}

async function documentOf<S extends TSchema>(channel: Channel<S>): Promise<{ name: string; text: string }> {
  const { before, steps, handOff } = (await channel.guide?.('en')) ?? { before: [], steps: [], handOff: [] };
  const fields = new Map(drawFields(channel.settings, { locale: 'en', ...(channel.texts && { texts: channel.texts }) }).map((field) => [field.name, field]));
  const numbered = (lines: readonly string[]) => lines.map((line, n) => `${n + 1}. ${line}`);
  const text = [
    `# Set up ${channel.title}`,
    '',
    `The same guide is in the product, in three languages: in the Connect dialog and on the connection. What the channel promises stands in [its README](../../plugins/${channel.name}/README.md).`,
    '',
    '## What you need',
    '',
    ...before.map((line) => `- ${line}`),
    ...steps.flatMap(({ title, does, fields: found = {} }, n) => [
      '',
      `## ${n + 1}. ${title}`,
      '',
      ...(does.length > 1 ? numbered(does) : does),
      ...(Object.keys(found).length === 0 ? [] : ['', '| value | where it is found |', '| --- | --- |', ...Object.entries(found).map(([name, where]) => `| **${fields.get(name)?.label ?? name}**${fields.get(name)?.required ? '' : ', optional'} | ${where.replaceAll('|', '\\|')} |`)]),
    ]),
    '',
    '## If somebody else runs the provider’s side',
    '',
    'The page to print or send on the connection’s Hand-off tab says this, with the values.',
    '',
    ...numbered(handOff),
    '',
  ].join('\n');
  return { name: channel.name, text };
}

if (import.meta.main) for (const [path, text] of await guideDocuments()) writeFileSync(path, text);
