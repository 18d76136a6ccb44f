// Stands for @types/node in tsconfig.neutral.json: apache-arrow's declarations ask for Node's types, and
// with them neutral code could use Node unnoticed.
export {};
