/** The columns that every table spells the same way. */
import { p } from '@mikro-orm/core';
import { uuid } from '../../ids.ts';

/** uuid v7: sorted by the time of its making, so that rows append to their index. */
export const id = () => p.uuid().primary().onCreate(() => uuid());
export const tenantId = () => p.uuid();
/** UTC milliseconds since 1970, on both databases; zones belong to pages and schedules only. */
export const time = () => p.bigint('number');
export const word = () => p.string().length(64);
export const line = () => p.string().length(255);

/** Always on: a query through an entity manager that was not told its tenant throws. */
export const ofTenant = {
  tenant: { name: 'tenant', cond: (args: { tenant: string } | { everyTenant: true }) => ('everyTenant' in args ? {} : { tenantId: args.tenant }), default: true },
};
