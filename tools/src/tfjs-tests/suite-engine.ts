// The second module of the bundle: which engine TF.js's tests run on.
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { registerNative } from "@timestep/native"; // and with it TF.js's cpu backend

const backendName = process.env["TFJS_TESTS_ENGINE"] ?? "cpu";
if (backendName === "native") registerNative({ threads: 2 });
// The name is part of every test's title: the same one for all engines, so that their tests can be told apart by title.
setTestEnvs([{ name: "cpu", backendName, isDataSync: true }]);
