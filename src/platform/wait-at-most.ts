/** Waits for a promise, but only for a limited time. The work behind it continues after that. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, patience]).finally(() => clearTimeout(timer));
}
