export async function benchSentiment(): Promise<object> {
  return Promise.resolve({});
}
