#!/usr/bin/env node
import { runProgram } from "@timestep/cli-kit";
import { speechProgram } from "./program.js";

process.exitCode = await runProgram(speechProgram, process.argv.slice(2));
