/** How the API says no: one shape, a code for programs, sentences in the caller's language. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { earOf, type Ear } from './call.ts';
import { fieldErrors, kindsOf, sayLine, type SaidLine } from '../../admin/wording.ts';
import type { AppContext } from '../../context.ts';
import { InvalidInput, SwitchboardError, type Code } from '../../errors.ts';
import type { Composed } from '../../pipeline/compose.ts';
import { Refused } from '../../workspace/refused.ts';
import { problemOf } from '../problem.ts';
import { TooMany } from './pace.ts';

/** What was sent cannot be used, for a reason that only the API has. `why` is a key of `api:fault`. */
export class Unusable extends InvalidInput {
  readonly field: string;
  readonly why: string;
  readonly values: Record<string, string>;
  constructor(field: string, why: string, values: Record<string, string> = {}) {
    super({ [field]: why });
    this.field = field;
    this.why = why;
    this.values = values;
  }
}

/** The message is not sent, by the one decision that everybody asks. */
export class NotEligible extends SwitchboardError {
  readonly reason: NonNullable<Composed['refused']>;
  constructor(reason: NonNullable<Composed['refused']>) {
    super('NOT_ELIGIBLE');
    this.reason = reason;
  }
}

interface Said {
  code: Code;
  message: string;
  requestId: string;
  fields?: Record<string, string>;
  reason?: string;
  /** Seconds. */
  retryAfter?: number;
  checks?: SaidLine[];
}

export async function answerError(ctx: AppContext, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const problem = problemOf(error);
  if (problem.status >= 500) ctx.runtime.log.error({ err: error, req: request }, 'request failed');
  const ear = earOf(ctx, request);
  const invalid = faultOf(error, ear);
  const [status, code]: [number, Code] = invalid ? [422, 'INVALID_INPUT'] : [problem.status, problem.code];
  const retryAfter = error instanceof TooMany ? Math.ceil(error.retryAfterMs / 1_000) : status === 503 ? 1 : undefined;
  const said: Said = { code, message: ear.t(`api:error.${code}`), requestId: request.id, ...(retryAfter !== undefined && { retryAfter }), ...invalid, ...detailOf(ctx, error, ear) };
  reply.code(status).type('application/json; charset=utf-8');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.send({ error: said });
}

function detailOf({ runtime: { plugins } }: AppContext, error: unknown, ear: Ear): Partial<Said> {
  if (error instanceof NotEligible) return { reason: error.reason, message: ear.t(`says:send.${error.reason}`) };
  if (error instanceof Unusable) return { fields: { [error.field]: ear.t(`api:fault.${error.why}`, error.values) } };
  if (!(error instanceof Refused)) return {};
  const { form, ...fields } = fieldErrors(error, ear, plugins);
  const who = Object.values(error.faults).find(({ code }) => code === 'refused')?.params['who'];
  const plugin = plugins.all.find(({ title }) => title === who)?.name ?? '';
  return {
    ...(form !== undefined && { message: form }),
    ...(Object.keys(fields).length > 0 && { fields }),
    ...(error.lines.length > 0 && { checks: error.lines.map((line) => sayLine(plugins, plugin, line, ear)) }),
  };
}

// ── what a schema finds ──────────────────────────────────────────────────────────────────────────────────────────────

const isSchemaError = (error: unknown): error is FastifyError & { validation: NonNullable<FastifyError['validation']> } =>
  error instanceof Error && 'validation' in error && Array.isArray(error.validation);

function faultOf(error: unknown, ear: Ear): { fields: Record<string, string> } | undefined {
  if (!isSchemaError(error)) return undefined;
  const { t } = ear;
  // The last is what the others led to.
  const fault = error.validation.at(-1);
  if (!fault) return undefined;
  const { keyword, params, message } = fault;
  const text = (name: string) => (Array.isArray(params[name]) ? params[name].join(', ') : String(params[name]));
  const path = fault.instancePath.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const at = (...more: string[]) => [...path, ...more].join('.') || 'body';
  switch (keyword) {
    case 'required': return { fields: { [at(text('missingProperty'))]: t('says:fault.required') } };
    case 'additionalProperties': return { fields: { [at(text('additionalProperty'))]: t('says:fault.unknown', { key: text('additionalProperty') }) } };
    case 'type': return { fields: { [at()]: t('says:fault.wrongType', { expected: kindsOf([params['type']].flat().map(String), ear) }) } };
    case 'enum': return { fields: { [at()]: t('says:fault.notOffered', { offered: text('allowedValues') }) } };
    case 'const': return { fields: { [at()]: t('says:fault.notOffered', { offered: text('allowedValue') }) } };
    case 'discriminator': return { fields: { [at(text('tag'))]: t('says:fault.invalid', { said: message ?? keyword }) } };
    case 'minLength': return { fields: { [at()]: t('says:fault.tooShort', { count: Number(params['limit']) }) } };
    case 'maxLength': return { fields: { [at()]: t('says:fault.tooLong', { count: Number(params['limit']) }) } };
    case 'minimum': return { fields: { [at()]: t('says:fault.tooSmall', { min: text('limit') }) } };
    case 'maximum': return { fields: { [at()]: t('says:fault.tooBig', { max: text('limit') }) } };
    case 'minItems': return { fields: { [at()]: t('says:fault.tooFew', { count: Number(params['limit']) }) } };
    case 'maxItems': return { fields: { [at()]: t('says:fault.tooMany', { count: Number(params['limit']) }) } };
    case 'pattern': return { fields: { [at()]: t('says:fault.wrongForm', { form: text('pattern') }) } };
    default: return { fields: { [at()]: t('says:fault.invalid', { said: message ?? keyword }) } };
  }
}
