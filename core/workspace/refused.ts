import { InvalidInput, type Code } from '../errors.ts';
import { addressSentence, type AddressFault } from '../plugin/address.ts';
import type { CheckLine } from '../plugin/contract/plugin.ts';
import type { FaultCode } from '../plugin/settings.ts';

/** Beyond what a schema can say. Params in brackets. */
type WorkspaceFault =
  /** An address that this installation does not call [origin]. */
  | AddressFault
  /** The provider did not accept it [who, said, mend]. */
  | 'refused'
  /** The plugin's own sentence: `text` is a key of its texts or plain English [plugin, text]. */
  | 'plugin'
  /** [name] is '' where another organisation has it. */
  | 'numberTaken'
  /** The provider does not list this number for the account [account]. */
  | 'numberUnknown'
  | 'agentRequired'
  /** The agent is not enabled for WhatsApp [name]. */
  | 'agentChannel'
  /** There is no such agent. */
  | 'agentUnknown'
  /** Another agent takes the number's inbound traffic [name]. */
  | 'inboundTaken'
  | 'pluginUnknown'
  /** The configuration file declares it: it is changed there. */
  | 'declared'
  | 'emailTaken'
  /** Only what is approved is sent [name]. */
  | 'templateNotApproved'
  /** Its header wants a stored medium of a kind [kind]. */
  | 'templateMedia'
  /** There is no draft of the agent [name]. */
  | 'noDraft'
  /** What the channel proves itself with is all the provider's. */
  | 'nothingToRotate'
  /** A stored secret was given for other addresses than these settings have. */
  | 'secretAgain'
  /** Signing in with the provider is not possible on this server, in the channel's words [plugin, text]. */
  | 'signInMissing'
  /** A file larger than is taken [megabytes]. */
  | 'fileTooBig'
  | 'fileEmpty';

export interface FieldFault {
  code: FaultCode | WorkspaceFault;
  params: Record<string, string | number>;
}

/**
 * What was typed is not taken, and nothing was changed. `faults` by field name ('' for the whole) hold a code with params for
 * pages that word it in the reader's language; `fields` the same in plain English for everybody else.
 */
export class Refused extends InvalidInput {
  override readonly code: Code;
  readonly faults: Record<string, FieldFault>;
  /** What the provider was asked and answered, when that is why. */
  readonly lines: readonly CheckLine[];

  constructor(faults: Record<string, FieldFault>, { code = 'INVALID_INPUT', lines = [] }: { code?: Code; lines?: readonly CheckLine[] } = {}) {
    const fields = Object.fromEntries(Object.entries(faults).map(([field, fault]) => [field, sentence(fault)]));
    super(fields, Object.entries(fields).map(([field, said]) => (field === '' ? said : `${field}: ${said}`)).join(' '));
    this.code = code;
    this.faults = faults;
    this.lines = lines;
  }
}

/** Reads both parts of a form before it says no, so that everything wrong is told at once. @throws Refused with the faults of both */
export function together<A, B>(first: () => A, second: () => B): [A, B] {
  const refusals: Refused[] = [];
  const read = <T>(part: () => T): { value: T } | undefined => {
    try {
      return { value: part() };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(error);
      return undefined;
    }
  };
  const [a, b] = [read(first), read(second)];
  if (a && b) return [a.value, b.value];
  throw new Refused(Object.fromEntries(refusals.flatMap(({ faults }) => Object.entries(faults))), { code: refusals.at(-1)?.code ?? 'INVALID_INPUT' });
}

const counted = (count: unknown, one: string, more: string): string => `${String(count)} ${Number(count) === 1 ? one : more}`;

function sentence({ code, params }: FieldFault): string {
  const at = params['place'] === undefined ? '' : ` (at ${params['place']})`;
  switch (code) {
    case 'required': return 'This must be filled in.';
    case 'blank': return 'White space alone is not enough.';
    case 'unknown': return `${params['key']} is not known here${params['near'] ? `; was ${params['near']} meant?` : '.'}`;
    case 'forbidden': return `${params['key']} may not be used as a name.`;
    case 'wrongType': return `This must be of the kind ${params['expected']}${at}.`;
    case 'tooShort': return `At least ${counted(params['min'], 'character', 'characters')}${at}.`;
    case 'tooLong': return `At most ${counted(params['max'], 'character', 'characters')}${at}.`;
    case 'tooSmall': return `At least ${params['min']}${at}.`;
    case 'tooBig': return `At most ${params['max']}${at}.`;
    case 'tooFew': return `At least ${counted(params['min'], 'entry', 'entries')}${at}.`;
    case 'tooMany': return `At most ${counted(params['max'], 'entry', 'entries')}${at}.`;
    case 'twice': return `The same entry stands there twice${at}.`;
    case 'notOffered': return `One of ${params['offered']}${at}.`;
    case 'notNumber': return 'This is not a number.';
    case 'notWhole': return 'This must be a whole number.';
    case 'notYaml': return `This is not YAML (line ${params['line']}: ${params['said']}).`;
    case 'notJson': return `This is not JSON: ${params['said']}.`;
    case 'wrongForm': return `This does not have the right form (${params['form']})${at}.`;
    case 'notData': return `This is not plain data${at}.`;
    case 'invalid': return `This cannot be used: ${params['said']}${at}.`;
    case 'refused': return [params['said'], params['mend']].filter(Boolean).join(' ');
    case 'plugin': return String(params['text']);
    case 'numberTaken': return params['name'] ? `This number is connected already, as ${params['name']}.` : 'This number is connected already, in another organisation of this installation.';
    case 'numberUnknown': return `The provider does not list ${params['account']} for this account.`;
    case 'agentRequired': return 'An active number needs an agent.';
    case 'agentChannel': return `${params['name']} is not enabled for WhatsApp.`;
    case 'agentUnknown': return 'There is no such agent.';
    case 'inboundTaken': return `${params['name']} already answers this number. Turn its Inbound off first, or use another number.`;
    case 'pluginUnknown': return 'There is no such plugin, or it could not be loaded.';
    case 'declared': return 'It is declared in the configuration file; change it there.';
    case 'templateNotApproved': return `${params['name']} is not approved, so it cannot be sent.`;
    case 'templateMedia': return `This template needs a file of the kind ${params['kind']} in its header.`;
    case 'noDraft': return `${params['name']} has no draft.`;
    case 'nothingToRotate': return 'Nothing that proves a webhook of this channel was made here; change it at the provider.';
    case 'addressForm':
    case 'addressPlain':
    case 'addressPort':
    case 'addressPrivate': return addressSentence(code, params['origin']) ?? code;
    case 'secretAgain': return 'Paste it again for the new address.';
    case 'signInMissing': return String(params['text']);
    case 'fileTooBig': return `A file may have at most ${params['megabytes']} MB.`;
    case 'fileEmpty': return 'The file is empty.';
    case 'emailTaken': return 'Somebody with this address exists already.';
  }
}
