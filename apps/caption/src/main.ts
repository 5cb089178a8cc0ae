#!/usr/bin/env node
import { runProgram } from "@timestep/cli-kit";
import { captionProgram } from "./program.js";

process.exitCode = await runProgram(captionProgram, process.argv.slice(2));
