/** Every random choice of a fault test comes from one printed number; FAULT_SEED repeats it. */
export function seed(t: { comment(text: string): unknown }): number {
  const chosen = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`FAULT_SEED=${chosen}`);
  return chosen;
}
