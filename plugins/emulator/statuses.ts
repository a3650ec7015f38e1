/** When what became of a message is told. */

export interface StatusDelays {
  /** Milliseconds after the message was taken; a status without a delay is not reported. */
  sent?: number;
  delivered?: number;
  read?: number;
}

export const steps = ['sent', 'delivered', 'read'] as const;

/** @param wanted true, or when; none unless told */
export function delaysOf(wanted: boolean | StatusDelays | undefined): StatusDelays {
  if (wanted === true) return { sent: 10, delivered: 30, read: 60 };
  return wanted === undefined || wanted === false ? {} : wanted;
}
