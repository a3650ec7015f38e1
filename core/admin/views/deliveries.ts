/** Settings → Deliveries: the ledger of what came in. */
export interface DeliveryRow {
  id: string;
  at: number;
  connection: { id: string; name: string };
  state: 'received' | 'processed' | 'failed';
  /** Why it failed. */
  reason?: string;
  /** What was in it, counted by event kind. */
  contents: Partial<Record<'event' | 'message' | 'status' | 'echo' | 'change' | 'other' | 'ignored', number>>;
  bytes: number;
}

export interface DeliveriesPage {
  deliveries: DeliveryRow[];
  counts: Record<DeliveryRow['state'], number>;
  filter: { state?: DeliveryRow['state']; connection?: string };
  connections: { id: string; name: string }[];
  nextHref?: string;
}

export interface DeliveryPage {
  delivery: DeliveryRow;
  method: string;
  headers: { name: string; value: string }[];
  /** Raw body as text; JSON is indented by the route. */
  body: string;
  /** True when `body` was cut. */
  cut?: boolean;
  conversations: { id: string; contact: string }[];
  processedAt?: number;
}
