/** Waits for something to end, however it does, for so long at most. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.allSettled([Promise.race([promise, limit])]);
  clearTimeout(timer);
}
