#!/usr/bin/env node
import { runProgram } from "@timestep/cli-kit";
import { translateProgram } from "./program.js";

process.exitCode = await runProgram(translateProgram, process.argv.slice(2));
