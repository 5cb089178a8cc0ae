import { homedir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@timestep/base";
import { type Captioner, type CaptioningSettings, MobileNet } from "@timestep/captioning";
import { findData } from "@timestep/cli-kit";
import { openDataSource } from "@timestep/training/node";

/** The network whose features a captioner reads, with the folder that keeps them. */
export interface FeatureSource {
  readonly network: MobileNet;
  readonly cache: string;
}

/**
 * Opens the network that the settings name; undefined where the pictures themselves are read. With a captioner, the
 * network must be the one that it was trained with.
 *
 * @throws {DataError} DATA_NOT_FOUND, NETWORK_*; {ConfigError} CAPTION_NETWORK when it is another network.
 */
export async function openNetwork(
  { picture }: Pick<CaptioningSettings, "picture">,
  captioner?: Captioner,
): Promise<FeatureSource | undefined> {
  if (picture.encoder === "trained") return undefined;
  const { path } = await findData(picture.network, {
    cwd: process.cwd(),
    dataFolder: process.env["TIMESTEP_DATA"],
  });
  const network = await MobileNet.load(await openDataSource(path));
  const trained = captioner?.pictures.network;
  if (trained !== undefined && trained !== network.fingerprint) {
    network.dispose();
    throw new ConfigError(
      "CAPTION_NETWORK",
      `"${picture.network}" holds another network than the run was trained with.`,
      { hint: "Put the network of the training there, or train again." },
    );
  }
  return { network, cache: cacheFolder() };
}

/** Where features are kept: TIMESTEP_CACHE, or the place where the system keeps what can be made again. */
function cacheFolder(): string {
  const { TIMESTEP_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own !== undefined && own !== "") return join(own, "features");
  const base = shared === undefined || shared === "" ? join(homedir(), ".cache") : shared;
  return join(base, "timestep", "features");
}
