//! Finds out what in a text depends on which field: numbers, words of an enumeration, and lines for each element.

use std::collections::{HashMap, HashSet};

use super::{Place, Seen, Unexplained, split};
use crate::chart::common::{Stretch, stretches};
use crate::chart::sample::Samples;
use crate::chart::sample::field::{Kind, element};
use crate::chart::sample::interner::Shape;
use crate::chart::tree::{Arms, Words, grouped};
use crate::formula;

/// A text in one of the samples.
#[derive(Clone, Debug)]
struct Said {
    sample: usize,
    text: String,
}

/// What texts have in common, with what differs explained by fields.
pub(super) fn text(
    samples: &mut Samples,
    seen: &[Seen],
    place: &Place,
) -> Result<Vec<Words>, Unexplained> {
    let said: Vec<Said> = seen
        .iter()
        .filter_map(|one| match samples.values.get(one.id) {
            Shape::Text(text) => Some(Said {
                sample: one.sample,
                text: text.clone(),
            }),
            _ => None,
        })
        .collect();
    words(samples, said, place)
}

fn words(
    samples: &mut Samples,
    mut said: Vec<Said>,
    place: &Place,
) -> Result<Vec<Words>, Unexplained> {
    if let Some(found) = repeated(samples, &said, place)? {
        return Ok(found);
    }
    replace_numbers(samples, &mut said);
    replace_words(samples, &mut said);
    if said.iter().all(|one| one.text == said[0].text) {
        return Ok(vec![Words::Plain(said.swap_remove(0).text)]);
    }
    let seen: Vec<Seen> = said
        .iter()
        .map(|one| Seen {
            sample: one.sample,
            id: samples.values.intern(Shape::Text(one.text.clone())),
        })
        .collect();
    let (field, arms) = split(samples, &seen, place)?;
    let mut found = Vec::new();
    for (variants, seen) in arms {
        found.push((variants, text(samples, &seen, place)?));
    }
    Ok(by_lines(field, grouped(found)))
}

/// A choice between texts of several lines, but for the lines that both have; others as they are.
fn by_lines(field: usize, arms: Arms<Vec<Words>>) -> Vec<Words> {
    let [(first, one), (second, other)] = arms.as_slice() else {
        return vec![Words::Choice(field, arms)];
    };
    let ([Words::Plain(one)], [Words::Plain(other)]) = (one.as_slice(), other.as_slice()) else {
        return vec![Words::Choice(field, arms)];
    };
    if !one.contains('\n') || !other.contains('\n') {
        return vec![Words::Choice(field, arms)];
    }
    let choice = |one: &str, other: &str| {
        let arms = [(first, one), (second, other)].into_iter();
        let arms = arms.filter(|(_, text)| !text.is_empty());
        let arms = arms.map(|(variants, text)| (variants.clone(), vec![Words::Plain(text.into())]));
        Words::Choice(field, arms.collect())
    };
    let mut words = Vec::new();
    for stretch in stretches(one, other) {
        words.push(match stretch {
            Stretch::Same(text) => Words::Plain(text),
            Stretch::Apart(one, other) => choice(&one, &other),
        });
    }
    words
}

fn distinct(said: &[Said]) -> usize {
    let texts: HashSet<&str> = said.iter().map(|one| one.text.as_str()).collect();
    texts.len()
}

/// Puts marks in the place of numbers that follow a field's.
fn replace_numbers(samples: &Samples, said: &mut Vec<Said>) {
    for (field, one) in samples.fields.iter().enumerate() {
        if !matches!(one.kind, Kind::Number(_)) {
            continue;
        }
        for plus in -2..=2 {
            let mark = formula::mark(&["number", &one.path, &plus.to_string()]);
            replace_run_of(said, &mark, |sample| {
                let number = one.number(samples.choices[sample][field])?;
                Some((number + plus).to_string())
            });
        }
    }
}

/// Puts marks in the place of words that are a field's.
fn replace_words(samples: &Samples, said: &mut Vec<Said>) {
    for (field, one) in samples.fields.iter().enumerate() {
        if !matches!(one.kind, Kind::Words(_)) {
            continue;
        }
        let mark = match one.path.split_once("[].") {
            Some((list, part)) => element(list, 0, part),
            None => formula::mark(&["value", &one.path]),
        };
        replace_run_of(said, &mark, |sample| {
            one.word(samples.choices[sample][field])
        });
    }
}

/// Puts a mark in the place of what a field says, if every text has it and fewer texts are left then.
fn replace_run_of(said: &mut Vec<Said>, mark: &str, run: impl Fn(usize) -> Option<String>) {
    let mut changed = Vec::with_capacity(said.len());
    for one in said.iter() {
        let Some(run) = run(one.sample) else { return };
        let text = replace_run(&one.text, &run, mark);
        if text == one.text {
            return;
        }
        changed.push(Said {
            sample: one.sample,
            text,
        });
    }
    if distinct(&changed) < distinct(said) {
        *said = changed;
    }
}

/// The text with a word or number replaced where it stands between other signs.
pub(super) fn replace_run(text: &str, run: &str, with: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let part_of_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    while let Some(at) = rest.find(run) {
        let (before, after) = (&rest[..at], &rest[at + run.len()..]);
        let inside = part_of_word(before.chars().next_back().or(out.chars().next_back()))
            || part_of_word(after.chars().next());
        out.push_str(before);
        out.push_str(if inside { run } else { with });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text that has a stretch for each element of a list or map; nothing where it has none.
fn repeated(
    samples: &mut Samples,
    said: &[Said],
    place: &Place,
) -> Result<Option<Vec<Words>>, Unexplained> {
    let texts: HashMap<usize, &String> = said.iter().map(|one| (one.sample, &one.text)).collect();
    let find = |sample: usize| texts.get(&sample).copied();
    for (field, triples) in samples.triples.clone() {
        let mut pieces: Vec<(usize, Pieces)> = Vec::new();
        for [none, one, two] in triples {
            let (Some(none), Some(once), Some(twice)) = (find(none), find(one), find(two)) else {
                continue;
            };
            if none == once {
                continue;
            }
            let Some(found) = pieces_of(samples, field, [none, once, twice]) else {
                let path = &samples.fields[field].path;
                return Err(place.unexplained(format!("{path} changes more than lines of it")));
            };
            pieces.push((one, found));
        }
        if pieces.is_empty() {
            continue;
        }
        let mut part = |of: fn(&Pieces) -> &str| {
            let said = pieces
                .iter()
                .map(|(sample, found)| Said {
                    sample: *sample,
                    text: of(found).into(),
                })
                .collect();
            words(samples, said, place)
        };
        let mut found = part(|pieces| &pieces.before)?;
        let (head, body) = (part(|pieces| &pieces.head)?, part(|pieces| &pieces.body)?);
        found.push(Words::Each { field, head, body });
        found.extend(part(|pieces| &pieces.after)?);
        found.retain(|words| *words != Words::Plain(String::new()));
        return Ok(Some(found));
    }
    Ok(None)
}

/// A text around its repeated stretch.
#[derive(Debug)]
struct Pieces {
    before: String,
    head: String,
    body: String,
    after: String,
}

/// Takes texts apart that were made from no element, one and two.
fn pieces_of(samples: &Samples, field: usize, [none, once, twice]: [&str; 3]) -> Option<Pieces> {
    let same = none
        .bytes()
        .zip(once.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    // Whole lines read better in a template.
    let line = none.get(..same)?.rfind('\n').map_or(0, |end| end + 1);
    let (before, after) = [line, same]
        .into_iter()
        .map(|at| none.split_at(at))
        .find(|(_, after)| once.ends_with(after))?;
    let stretch = |text: &str| Some(text.strip_prefix(before)?.strip_suffix(after)?.to_owned());
    let (first, both) = (stretch(once)?, stretch(twice)?);
    let second = both.strip_prefix(&first)?;
    let path = &samples.fields[field].path;
    let marks = |index: usize| {
        let mark = element(path, index, "");
        mark.trim_end_matches(formula::CLOSE).to_owned()
    };
    let body = second.replace(&marks(1), &marks(0));
    let head = first.strip_suffix(&body)?;
    Some(Pieces {
        before: before.into(),
        head: head.into(),
        body,
        after: after.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::replace_run;

    #[test]
    fn numbers_inside_words_stay() {
        assert_eq!(
            replace_run("a = 5\nb = 55, 5s, x5, 5", "5", "N"),
            "a = N\nb = 55, 5s, x5, N"
        );
    }
}
