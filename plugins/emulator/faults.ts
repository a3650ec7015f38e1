/** Faults that can be switched on: what a provider, or the network before it, does wrong. */

export interface Fault {
  /**
   * `error` the provider's own error body of `code`, or of the HTTP `status` · `html` a proxy's page · `malformed` a yes with half a JSON · `empty` a yes with nothing
   * · `redirect` · `hang` never answers · `drop` cuts the connection · `slow` one byte at a time · `huge` an answer of `bytes`
   * · `fail-later` a yes, then a `failed` status with `code`
   */
  kind: FaultKind;
  code?: number;
  status?: number;
  /** The Retry-After header: seconds or a date. */
  retryAfter?: number | string;
  /** Was the message taken although the answer says nothing of it? By default not, but for `malformed`, `empty`, `slow`, `huge`. */
  acted?: boolean;
  /** Milliseconds between two bytes of a `slow` answer; 1,000 unless told. */
  everyMs?: number;
  /** Size of a `huge` answer; 1 GB unless told. */
  bytes?: number;
  /** How many requests it hits; one unless `next`, `rate` or `forMs` is told. */
  next?: number;
  /** Part of the requests it hits, between 0 and 1. */
  rate?: number;
  /** How long it lasts. */
  forMs?: number;
  /** Only messages to this phone or user id. */
  to?: string;
  /** Only messages that are sent, only files going up or down, or every call. */
  on?: 'send' | 'file' | 'any';
}

export const faultKinds = ['error', 'html', 'malformed', 'empty', 'redirect', 'hang', 'drop', 'slow', 'huge', 'fail-later'] as const;
type FaultKind = (typeof faultKinds)[number];

export function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return faultKinds.some((kind) => kind === value.kind);
}

const actsAnyway: ReadonlySet<FaultKind> = new Set(['malformed', 'empty', 'slow', 'huge', 'fail-later']);

export function acted(fault: Fault): boolean {
  return fault.acted ?? actsAnyway.has(fault.kind);
}

export interface Faults {
  add(...faults: Fault[]): void;
  clear(): void;
  list(): readonly Fault[];
  /** The fault that hits this request, used up once more. */
  take(request: { send: boolean; file: boolean; to: string | undefined }): Fault | undefined;
}

export function createFaults(random: () => number = Math.random): Faults {
  let active: { fault: Fault; left: number; until: number }[] = [];
  return {
    add(...faults) {
      for (const fault of faults) {
        const open = fault.rate !== undefined || fault.forMs !== undefined;
        active.push({ fault, left: fault.next ?? (open ? Infinity : 1), until: fault.forMs === undefined ? Infinity : Date.now() + fault.forMs });
      }
    },
    clear() {
      active = [];
    },
    list: () => active.map(({ fault }) => fault),
    take({ send, file, to }) {
      if (active.length === 0) return undefined;
      const now = Date.now();
      active = active.filter(({ left, until }) => left > 0 && until > now);
      const hit = active.find(
        ({ fault }) => (fault.on === 'any' || (fault.on === 'file' ? file : send)) && (fault.to === undefined || fault.to === to) && (fault.rate === undefined || random() < fault.rate),
      );
      if (hit) hit.left -= 1;
      return hit?.fault;
    },
  };
}
