/** The part of Jasmine that runs TF.js's tests; the package ships no types. */
declare module "jasmine-core" {
  interface SpecResult {
    readonly fullName: string;
    readonly status: "passed" | "failed" | "pending" | "excluded";
    readonly failedExpectations: readonly { readonly message: string }[];
  }

  interface Environment {
    configure(settings: { random: boolean }): void;
    clearReporters(): void;
    addReporter(reporter: { specDone(result: SpecResult): void }): void;
    execute(): Promise<unknown>;
  }

  const jasmineCore: {
    /** Puts `describe`, `it` and the rest in the global scope. */
    boot(): unknown;
    noGlobals(): { readonly jasmine: { getEnv(): Environment } };
  };
  export = jasmineCore;
}
