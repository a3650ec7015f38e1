/** How a fault of the configuration is told: the place, what is wrong and the remedy, in one sentence. Never a value. */
import { SwitchboardError, type Code } from '../core/errors.ts';
import { placeOf, type Fault } from '../core/plugin/settings.ts';

export function refusal(code: Code, message: string): SwitchboardError {
  return new SwitchboardError(code, message);
}

export function inFile(place: string, file: string | undefined): string {
  return `${place || 'The configuration'}${file === undefined ? '' : ` in ${file}`}`;
}

/** A fault of the file itself, before it is known which settings it holds. */
export function faultOfFile(fault: Fault | undefined, file: string): SwitchboardError {
  return refusal('CONFIG_INVALID', sentence(inFile(placeOf(fault?.path ?? []), file), fault));
}

export function sentence(place: string, fault: Fault | undefined): string {
  const { code = 'invalid', params = {} }: Partial<Fault> = fault ?? {};
  switch (code) {
    case 'required': return `${place} is missing; add it.`;
    case 'blank': return `${place} is empty; give it a value.`;
    case 'unknown': return `${place} is not known here; ${params['near'] ? `write "${params['near']}" or ` : ''}remove it.`;
    case 'forbidden': return `${place} is a name that may not be used; remove it.`;
    case 'wrongType': return `${place} must be ${article(String(params['expected']))}; correct it.`;
    case 'tooShort': return `${place} is too short; give it at least ${params['min']} characters.`;
    case 'tooLong': return `${place} is too long; at most ${params['max']} characters are allowed.`;
    case 'tooSmall': return `${place} is too small; the least is ${params['min']}.`;
    case 'tooBig': return `${place} is too large; the most is ${params['max']}.`;
    case 'tooFew': return `${place} has too few entries; at least ${params['min']} must be there.`;
    case 'tooMany': return `${place} has too many entries; at most ${params['max']} are allowed.`;
    case 'notOffered': return `${place} must be one of ${params['offered']}; choose one of them.`;
    case 'wrongForm': return `${place} does not have the right form; write ${params['form']}${params['example'] ? `, for example ${params['example']}` : ''}.`;
    case 'notData': return `${place} is not plain data; only text, numbers, true, false, null, lists and objects can stand there.`;
    default: return `${place} cannot be used; correct it${params['said'] === undefined ? '' : ` (${params['said']})`}.`;
  }
}

function article(expected: string): string {
  const words: Record<string, string> = { object: 'an object', array: 'a list', string: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false' };
  return words[expected] ?? expected;
}
