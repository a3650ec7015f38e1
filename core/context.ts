/** What the web side of the product needs beside the path of a message. */
import type { ViewEngine } from './admin/view.ts';
import type { Sealer } from './plugin/secrets.ts';
import type { Runtime } from './runtime.ts';
import type { Workspace } from './workspace/index.ts';

/** The part of the configuration that the web side reads; `config/` hands it in, so that core never reads the environment. */
export interface ServerSettings {
  port: number;
  host: string;
  /** The address under which providers and people reach this installation; no forwarding header ever replaces it. */
  publicUrl?: string;
  trustedProxies: readonly string[];
  /** Development re-reads templates; the product keeps them compiled. */
  production: boolean;
  version: string;
  limits: { webhookMaxBytes: number };
}

export interface AppContext {
  runtime: Runtime;
  server: ServerSettings;
  sealer: Sealer;
  views: ViewEngine;
  workspace: Workspace;
}
