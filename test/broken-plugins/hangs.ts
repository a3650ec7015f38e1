await new Promise(() => undefined);

export default undefined;
