export * from "./pictures/read-picture.js";
