import { existsSync } from "node:fs";

/** SwiftShader, a Vulkan device in software, as Debian's and Fedora's packages of Chromium bring it. */
const drivers = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
];

/**
 * Points Vulkan at a software device where the machine has one, so that tests of the webgpu engine run without a GPU.
 * Goes before the first start of that engine. VK_ICD_FILENAMES, when set, names the device to use instead.
 */
export function offerSoftwareGpu(): void {
  const found = drivers.find((driver) => existsSync(driver));
  if (found !== undefined) process.env["VK_ICD_FILENAMES"] ??= found;
}
