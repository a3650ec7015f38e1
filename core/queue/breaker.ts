/**
 * Holds back what would meet a provider that fell silent: each message that does becomes one of which nobody knows whether it
 * arrived. While it is silent one call goes out every second and a half; the first answer, whatever it says, lets all others go on.
 * Kept by connection, in memory, by each process for itself.
 */
export interface Breaker {
  /** Undefined: a call may go out, as one of all or to hear whether the provider answers again. Else how long to wait before asking here again. */
  waitMs(key: string): number | undefined;
  isOpen(key: string): boolean;
  /** A call goes out. What it returns is told whether the provider answered; undefined where nothing left, which harms no message and says nothing. */
  called(key: string): (answered: boolean | undefined) => void;
}

/** So many calls in a row without an answer; or so few that hang for so long while nothing is heard. */
const silencesToOpen = 10;
const hangingToOpen = 5;
const hangingMs = 3_000;
const probeMs = 1_500;
/** What is held back is looked at again after this time at the earliest, and no quicker than one thing in so many milliseconds: many that wait must not keep the database busy. */
const firstLookMs = 1_000;
const betweenLooksMs = 4;
const latestLookMs = 60_000;

interface State {
  open: boolean;
  silences: number;
  /** When each of those under way went out, the first first. */
  inside: Set<{ since: number }>;
  heardAt: number;
  probedAt: number;
  nextLook: number;
}

export function createBreaker(changed: (key: string, open: boolean) => void, now: () => number = () => performance.now()): Breaker {
  const states = new Map<string, State>();

  function set(key: string, state: State, open: boolean): void {
    if (state.open === open) return;
    state.open = open;
    state.probedAt = now();
    changed(key, open);
  }

  function hangs({ inside, heardAt }: State): boolean {
    const [first] = inside;
    return first !== undefined && inside.size >= hangingToOpen && now() - Math.max(first.since, heardAt) > hangingMs;
  }

  function isOpen(key: string): boolean {
    const state = states.get(key);
    if (!state) return false;
    if (hangs(state)) set(key, state, true);
    return state.open;
  }

  return {
    isOpen,
    waitMs(key) {
      const state = states.get(key);
      if (!state || !isOpen(key)) return undefined;
      if (now() - state.probedAt >= probeMs) {
        state.probedAt = now();
        return undefined;
      }
      state.nextLook = Math.min(Math.max(now() + firstLookMs, state.nextLook + betweenLooksMs), now() + latestLookMs);
      return state.nextLook - now();
    },
    called(key) {
      const state: State = states.get(key) ?? { open: false, silences: 0, inside: new Set(), heardAt: now(), probedAt: 0, nextLook: 0 };
      states.set(key, state);
      const place = { since: now() };
      state.inside.add(place);
      return (answered) => {
        state.inside.delete(place);
        if (answered === undefined) return;
        state.silences = answered ? 0 : state.silences + 1;
        if (answered) {
          state.heardAt = now();
          set(key, state, false);
          if (state.inside.size === 0) states.delete(key);
        } else if (state.silences >= silencesToOpen || hangs(state)) set(key, state, true);
      };
    },
  };
}
