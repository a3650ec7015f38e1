/** For a connection that only one may use at a time, in order of arrival. */
export interface OneAtATime {
  /** Resolves with what gives the place to the next. */
  enter(): Promise<() => void>;
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function oneAtATime(): OneAtATime {
  let last: Promise<void> = Promise.resolve();
  const enter = async () => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    return resolve;
  };
  return {
    enter,
    async run(work) {
      const leave = await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
