/** What an API key may do: the one list. Every route of the API names the scope it needs. */

const areas = ['connections', 'checks', 'numbers', 'agents', 'templates', 'media', 'messages'] as const;

/** `write` does not include `read`; `area:*` is both, and `*` is everything. */
export type Scope = `${(typeof areas)[number]}:${'read' | 'write'}`;

export const scopeNames: readonly Scope[] = areas.flatMap((area): Scope[] => [`${area}:read`, `${area}:write`]);

/** What the configuration may give a key. `metrics` is for /metrics alone. */
export const grants: readonly string[] = ['*', 'metrics', ...areas.map((area) => `${area}:*`), ...scopeNames];

export function includes(held: readonly string[], needed: Scope): boolean {
  return held.some((one) => one === needed || one === '*' || one === `${needed.slice(0, needed.indexOf(':'))}:*`);
}
