//! Reads what a WebAssembly module exports.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// The exports that the linker wrapped in a call to the module's constructors.
///
/// Where nothing calls `__wasm_call_ctors`, the linker takes the module for a command, which runs once per export called: each
/// call from JavaScript would register `CubeCL`'s thousands of entries again. Names are stripped, so the wrapper is known by
/// its shape: call a function of no arguments, pass the own arguments on to one other function, and no more.
pub(crate) fn wrapped(module: &[u8]) -> Result<Vec<String>> {
    let module = Functions::read(module)?;
    let mut names = Vec::new();
    for (name, index) in &module.exports {
        if module.is_wrapper(*index)? {
            names.push(name.clone());
        }
    }
    Ok(names)
}

#[derive(Default)]
struct Functions<'a> {
    /// Number of parameters of each type.
    types: Vec<usize>,
    /// Type of each function, the imported ones first.
    signatures: Vec<usize>,
    imported: usize,
    bodies: Vec<FunctionBody<'a>>,
    exports: BTreeMap<String, usize>,
}

impl<'a> Functions<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let mut all = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            all.add(payload?)?;
        }
        Ok(all)
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty?.params().len());
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        self.signatures.push(ty as usize);
                        self.imported += 1;
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.signatures.push(ty? as usize);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.insert(export.name.to_owned(), export.index as usize);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn parameters(&self, function: usize) -> Result<usize> {
        match self.signatures.get(function).and_then(|ty| self.types.get(*ty)) {
            Some(count) => Ok(*count),
            None => bail!("the module names a function {function} that it does not hold"),
        }
    }

    /// A function without parameters is left out: the module's own start function looks the same, and rightly calls the constructors.
    fn is_wrapper(&self, function: usize) -> Result<bool> {
        let parameters = self.parameters(function)?;
        let Some(body) = function.checked_sub(self.imported).and_then(|own| self.bodies.get(own)) else {
            return Ok(false);
        };
        let mut operators = body.get_operators_reader()?;
        let Operator::Call { function_index: first } = operators.read()? else {
            return Ok(false);
        };
        if parameters == 0 || self.parameters(first as usize)? > 0 {
            return Ok(false);
        }
        for parameter in 0..parameters {
            if !matches!(operators.read()?, Operator::LocalGet { local_index } if local_index as usize == parameter) {
                return Ok(false);
            }
        }
        let passes_on = matches!(operators.read()?, Operator::Call { .. });
        Ok(passes_on && matches!(operators.read()?, Operator::Call { .. } | Operator::End))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with an import of no arguments (function 0), an exported function (1) of one `i32`, and an inner one (2).
    fn module(exported_body: &[u8]) -> Vec<u8> {
        let section = |id: u8, content: &[u8]| [&[id, content.len() as u8], content].concat();
        let exported = [&[exported_body.len() as u8 + 1, 0], exported_body].concat();
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f]),
            section(2, b"\x01\x01m\x01c\x00\x00"),
            section(3, &[2, 1, 1]),
            section(7, b"\x01\x06malloc\x00\x01"),
            section(10, &[&[2], &exported[..], &[4, 0, 0x20, 0, 0x0b]].concat()),
        ]
        .concat()
    }

    #[test]
    fn an_export_behind_the_constructors_is_found() {
        let wrapper = [0x10, 0, 0x20, 0, 0x10, 2, 0x0b];
        assert_eq!(wrapped(&module(&wrapper)).unwrap(), ["malloc"]);
    }

    #[test]
    fn a_direct_export_is_not() {
        assert!(wrapped(&module(&[0x20, 0, 0x10, 2, 0x0b])).unwrap().is_empty());
        assert!(wrapped(&module(&[0x20, 0, 0x0b])).unwrap().is_empty());
    }

    #[test]
    fn a_torn_module_is_refused() {
        let whole = module(&[0x20, 0, 0x0b]);
        assert!(wrapped(&whole[..whole.len() - 3]).is_err());
    }
}
