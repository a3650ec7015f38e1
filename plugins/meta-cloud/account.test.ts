import t from 'tap';
import channel from './index.ts';

const parsed = (typed: string) => {
  const account = channel.account.parse(typed);
  return typeof account === 'string' ? account : account.problem;
};

t.test('the id of a number is digits; only what looks like a phone number is called one', async (t) => {
  t.equal(parsed(' 108100000000001 '), '108100000000001');
  for (const phone of ['+62 811-5550-221', '+628115550221', '(555) 000-1111', '0811 5550 221', '55.55.00.11']) t.equal(parsed(phone), 'account.phone', phone);
  for (const other of ['Jakarta pickup', 'my-number', 'wamid.1', '1-2', '123', '', '+', '( )', 'id 108100000000001']) t.equal(parsed(other), 'account.digits', other);
});

t.test('no two ids of the settings have the same example', async (t) => {
  const shown = Object.values(channel.settings.properties).flatMap((member) => ('examples' in member ? member.examples : 'items' in member && 'examples' in member.items ? member.items.examples : []));
  t.equal(new Set(shown).size, shown.length, JSON.stringify(shown));
});
