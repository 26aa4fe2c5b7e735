//! Every spec in golden/invalid is refused with the text that stands beside it.

use std::fs;

use pgherd::spec::Source;
use pgherd::validate::read;

#[test]
fn refused_specs_say_what_is_wrong_and_where() {
    insta::glob!("../../golden/invalid", "*.yaml", |path| {
        let text = fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let source = Source {
            name: &name,
            text: &text,
            folder: path.parent(),
        };
        let errors = read(&source).expect_err(&name).to_string() + "\n";

        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        let case = path.file_stem().unwrap().to_string_lossy();
        settings.bind(|| {
            insta::assert_binary_snapshot!(&format!("{case}.txt"), errors.clone().into_bytes());
        });
    });
}
