import { Type } from '#plugin';
import channel from './sound.ts';

export default { ...channel, settings: Type.Object({ accounts: Type.Array(Type.Object({ apiKey: Type.String() })) }) };
