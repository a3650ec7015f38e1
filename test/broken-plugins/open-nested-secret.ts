import { Type } from '#plugin';
import channel from './sound.ts';

export default { ...channel, settings: Type.Object({ smtp: Type.Object({ password: Type.String() }) }) };
