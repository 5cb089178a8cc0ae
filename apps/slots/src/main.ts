#!/usr/bin/env node
import { runProgram } from "@timestep/cli-kit";
import { slotsProgram } from "./program.js";

process.exitCode = await runProgram(slotsProgram, process.argv.slice(2));
