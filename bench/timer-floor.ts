// The floor: how late bare timers fire in an otherwise idle process. Arguments: timers, seconds.
const [countText, secondsText] = process.argv.slice(2);
const count = Number(countText);
const delays: number[] = [];

function loop(dueMs: number): void {
  setTimeout(
    () => {
      delays.push(Math.max(0, performance.now() - dueMs));
      loop(dueMs + 1000);
    },
    Math.max(0, dueMs - performance.now()),
  );
}

const startMs = performance.now();
for (let index = 0; index < count; index += 1) loop(startMs + (index / count) * 1000);
process.send?.('running');
setTimeout(
  () => {
    process.send?.({ delays });
    setTimeout(() => process.exit(0), 100);
  },
  Number(secondsText) * 1000,
);
