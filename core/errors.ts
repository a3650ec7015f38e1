/**
 * Every error the product makes on purpose, with its code. A code that is retired is never used again.
 * `errors.test.ts` holds this list, the classes and docs/errors.md together.
 */
export const codes = {
  CONFIG_INVALID: 'The configuration is not usable; the message names the place and the remedy.',
  CONFIG_VARIABLE_MISSING: 'A value says env:NAME and that variable is not set or empty.',
  CONFIG_REFERENCE: 'The configuration names something that it does not declare.',
  PLUGIN_NOT_FOUND: 'A listed plugin could not be found.',
  PLUGIN_BROKEN: 'A plugin could not be loaded; it is left out and the others start.',
  PLUGIN_CONTRACT: 'A plugin was written for another version of the contract.',
  PLUGIN_DUPLICATE: 'Two plugins have the same name.',
  DATABASE_NEWER: 'The database was written by a newer version.',
  DATABASE_IN_USE: 'Another process works on this SQLite file.',
  DATABASE_CORRUPT: 'The database file is damaged.',
  DATABASE_KEY: 'The database was sealed under another key.',
  MEDIA_NOT_SHARED: 'Another replica keeps its media in another place.',
  SECRET_KEY_MISSING: 'PostgreSQL needs SECRET_KEY: replicas must share it.',
  STORAGE_BUSY: 'The database did not take the write in time; it was not kept.',
  STORAGE_FULL: 'The disk is full; nothing is accepted that cannot be kept.',
  OVERLOADED: 'More is waiting to be written than is wise; try again shortly.',
  SETTINGS_INVALID: 'Settings do not fit the plugin’s schema.',
  NOT_SENT: 'Nothing left this machine; safe to try again.',
  SILENCE: 'The request may have arrived; no usable answer came.',
  ADDRESS_REFUSED: 'The address is not one that this installation may call.',
  NOT_FOUND: 'There is no such thing here.',
  MEDIA_MISSING: 'The medium is not here yet; it can be fetched again.',
  MEDIA_STORE: 'The place where media lie did not take it; it may do so later.',
  MEDIA_GONE: 'The medium is no longer to be had from the provider.',
  NOT_PERMITTED: 'This role may not do that.',
  NOT_ELIGIBLE: 'The message may not be sent now; the reason says why.',
  CONFLICT: 'It was changed by somebody else meanwhile.',
  NUMBER_TAKEN: 'The number is connected already.',
  INBOUND_TAKEN: 'Another agent takes this number’s inbound traffic.',
  INVALID_INPUT: 'What was typed cannot be used; the fields say why.',
  BAD_REQUEST: 'The request cannot be read.',
  NOT_SIGNED_IN: 'Sign in first.',
  KEY_REFUSED: 'An API key is needed, and this one is missing, unknown or revoked.',
  KEY_EXPIRED: 'This API key was valid until a moment that has passed.',
  SCOPE_MISSING: 'This API key may not do that.',
  RATE_LIMITED: 'Too many requests; the answer says when to try again.',
  IDEMPOTENCY_KEY_REUSED: 'This Idempotency-Key was used for another request.',
  FOREIGN_FORM: 'The form is too old, or it was sent from another site.',
  INTERNAL: 'Something broke; the log has it under the number of the request.',
  UNSEALING_FAILED: 'A stored secret cannot be opened with the present key.',
} as const;

export type Code = keyof typeof codes;

/** The base of all our errors: a code for machines, a sentence for people, never a secret in either. */
export class SwitchboardError extends Error {
  override readonly name: string = 'SwitchboardError';
  readonly code: Code;
  constructor(code: Code, message: string = codes[code], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Nothing left this machine. */
export class NotSent extends SwitchboardError {
  override readonly name = 'NotSent';
  constructor(message: string, options?: ErrorOptions) {
    super('NOT_SENT', message, options);
  }
}

/** We cannot tell whether the provider acted. Never retry blindly. */
export class Silence extends SwitchboardError {
  override readonly name = 'Silence';
  constructor(message: string, options?: ErrorOptions) {
    super('SILENCE', message, options);
  }
}

/** The write was not kept and the caller must be told so: a webhook answers 503. */
export class StorageUnavailable extends SwitchboardError {
  override readonly name = 'StorageUnavailable';
}

/** Something a person typed; `fields` maps a field to a sentence or a locale key. */
export class InvalidInput extends SwitchboardError {
  override readonly name = 'InvalidInput';
  readonly fields: Record<string, string>;
  constructor(fields: Record<string, string>, message?: string) {
    super('INVALID_INPUT', message);
    this.fields = fields;
  }
}
