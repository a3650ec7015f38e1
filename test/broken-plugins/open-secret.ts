import { Type } from '#plugin';
import channel from './sound.ts';

export default { ...channel, settings: Type.Object({ accessToken: Type.String() }) };
