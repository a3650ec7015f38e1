/** Change notices: which conversations, alerts and numbers of a tenant changed. Pages refetch what they show. */
export interface Notice {
  tenantId: string;
  conversation?: string;
  /** Place of the newest message: a page that has it need not ask. */
  seq?: number;
  alerts?: true;
  numbers?: true;
}

export interface Live {
  /** After the commit, never before: a page that asks must find what it was told of. */
  tell(notice: Notice): void;
  /** Returns the function that ends it. */
  listen(tenantId: string, listener: (notice: Notice) => void): () => void;
}

export function createLive(relay?: (notice: Notice) => void): Live & { hear(notice: Notice): void } {
  const listeners = new Map<string, Set<(notice: Notice) => void>>();
  const hear = (notice: Notice) => {
    for (const listener of listeners.get(notice.tenantId) ?? []) listener(notice);
  };
  return {
    tell(notice) {
      hear(notice);
      relay?.(notice);
    },
    hear,
    listen(tenantId, listener) {
      const of = listeners.get(tenantId) ?? new Set();
      listeners.set(tenantId, of.add(listener));
      return () => {
        of.delete(listener);
        if (of.size === 0) listeners.delete(tenantId);
      };
    },
  };
}
