import { Type } from '#plugin';

export default { kind: 'notifier', name: 'idle', title: 'Idle', contract: 1, settings: Type.Object({}) };
