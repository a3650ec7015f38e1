/** A phone number: what it is, its own callback, its registration, what the phone is asked for when it stays in the app. */
import { object, text } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, yes } from './answers.ts';
import type { GraphCall } from './graph.ts';
import { shakesHands } from './hands.ts';
import type { EmulatedNumber } from './state.ts';

export function numberAnswer(call: GraphCall, number: EmulatedNumber): Reply | Promise<Reply> {
  switch (`${call.method} ${call.edge ?? ''}`) {
    case 'GET ':
      return yes(described(number));
    case 'POST ':
      return ownCallback(call, number);
    case 'POST register':
      return register(call, number);
    case 'POST deregister':
      number.status = 'PENDING';
      return yes({ success: true });
    case 'POST smb_app_data':
      return number.onPhone ? yes({ messaging_product: 'whatsapp', request_id: `request-${number.id}` }) : no(100, 'This number is not in the WhatsApp Business app.');
    default:
      return no(2500);
  }
}

export function described({ id, phone, name, status, quality, verified, limit, onPhone }: EmulatedNumber): object {
  return {
    id,
    display_phone_number: `+${phone.slice(0, 2)} ${phone.slice(2, 5)}-${phone.slice(5)}`,
    verified_name: name,
    status,
    quality_rating: quality,
    code_verification_status: verified ? 'VERIFIED' : 'NOT_VERIFIED',
    platform_type: status === 'PENDING' ? 'NOT_APPLICABLE' : 'CLOUD_API',
    is_on_biz_app: onPhone,
    messaging_limit_tier: limit,
  };
}

async function ownCallback({ body }: GraphCall, number: EmulatedNumber): Promise<Reply> {
  const configuration = object(body?.webhook_configuration);
  const url = text(configuration?.override_callback_uri);
  if (url === undefined) {
    delete number.callback;
    return yes({ success: true });
  }
  if (!(await shakesHands(url, text(configuration?.verify_token) ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  number.callback = url;
  return yes({ success: true });
}

const threeDays = 72 * 60 * 60_000;

/** The first PIN becomes the number's; ten tries in 72 hours. */
function register({ body }: GraphCall, number: EmulatedNumber): Reply {
  const pin = text(body?.pin);
  if (body?.messaging_product !== 'whatsapp' || pin === undefined || !/^\d{6}$/.test(pin)) return no(131009, 'pin must be six digits.');
  number.tries = number.tries.filter((at) => at > Date.now() - threeDays);
  if (number.tries.length >= 10) return no(133016);
  number.tries.push(Date.now());
  if (!number.verified) return no(133006);
  if (number.pin !== undefined && number.pin !== pin) return no(133005);
  number.pin = pin;
  number.status = 'CONNECTED';
  return yes({ success: true });
}
