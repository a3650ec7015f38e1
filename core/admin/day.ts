/** When today began where this time zone is, in milliseconds since 1970. Right on days of 23 and of 25 hours, too. */
export function startOfDay(timeZone: string, now: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const sinceMidnight = (at: number) => {
    const part = (type: string) => Number(clock.formatToParts(at).find((one) => one.type === type)?.value ?? 0);
    return ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1_000 + (at % 1_000);
  };
  const guess = now - sinceMidnight(now);
  const off = sinceMidnight(guess);
  // Where clocks were moved since midnight the guess is an hour early or late.
  return off === 0 ? guess : off < 43_200_000 ? guess - off : guess + 86_400_000 - off;
}
