/** What happens in an installation and which alerts follow, for the contract kit. */
export const settings = { newMessages: 'people' } as const;

const happened = { at: 1_790_000_000_000, conversation: 'c1', contact: 'Ana', number: 'Sales', connection: 'k1', heldBy: 'agent', text: 'wants a refund' } as const;

export const occurrences = [
  {
    name: 'a hand-off',
    occurrence: { ...happened, kind: 'hand-off' },
    expect: [{ kind: 'hand-off', key: 'hand-off:conversation:c1', text: 'wants a refund' }],
  },
  {
    name: 'a message that failed',
    occurrence: { ...happened, kind: 'failure', text: 'The number is not on WhatsApp.' },
    expect: [{ kind: 'failure', key: 'failure:conversation:c1', text: 'The number is not on WhatsApp.' }],
  },
  {
    name: 'a connection that fell into an error',
    occurrence: { kind: 'failure', at: happened.at, connection: 'k1', heldBy: 'agent', text: 'The access token is not valid any more.' },
    expect: [{ kind: 'failure', key: 'failure-outside:connection:k1', text: 'The access token is not valid any more.' }],
  },
  {
    name: 'a message where people answer',
    occurrence: { ...happened, kind: 'new-message', heldBy: 'people', text: 'hello?' },
    expect: [{ kind: 'new-message', key: 'new-message:conversation:c1', text: 'hello?' }],
  },
  {
    name: 'a picture without a word, where people answer',
    occurrence: { ...happened, kind: 'new-message', heldBy: 'people', text: '' },
    expect: [{ kind: 'new-message', key: 'new-message:conversation:c1', text: '…' }],
  },
  { name: 'a message that the agent answers', occurrence: { ...happened, kind: 'new-message', text: 'hello?' }, expect: [] },
] as const;
