/**
 * The library example of a README: the first `ts` block under the heading "As a library".
 *
 * @throws {Error} when the heading or the block is missing.
 */
export function libraryExample(readme: string): string {
  const section = /^## As a library$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1];
  const block = section === undefined ? undefined : /^```ts\n([\s\S]*?)^```$/m.exec(section)?.[1];
  if (block === undefined) throw new Error('README.md has no ```ts block under "## As a library"');
  return block;
}
