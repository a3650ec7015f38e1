import { agent } from './sound.ts';

export default { ...agent, name: 'sound' };
