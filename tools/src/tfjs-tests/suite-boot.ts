// The first module of the bundle: TF.js's tests call describe and it as they load.
import jasmineCore from "jasmine-core";

jasmineCore.boot();
