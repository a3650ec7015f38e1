// npm runs `npm start` in a shell that ends when it is told to and tells nobody: without this the process would live on,
// holding its port and its database, while whoever supervises npm believes that it was stopped.
const shell = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === shell) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 250);
watch.unref();
