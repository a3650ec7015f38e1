import { Type } from '#plugin';
import channel from './sound.ts';

export default { ...channel, settings: Type.Object({ appSecret: Type.String({ writeOnly: true, default: 'change-me' }) }) };
