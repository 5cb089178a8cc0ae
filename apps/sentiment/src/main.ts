#!/usr/bin/env node
import { runProgram } from "@timestep/cli-kit";
import { sentimentProgram } from "./program.js";

process.exitCode = await runProgram(sentimentProgram, process.argv.slice(2));
