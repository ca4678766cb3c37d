//! `rate_limit = exponential("5ms", "1000s")`: how long an object whose reconcile failed waits.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, Lit};

use super::Attribute;
use crate::report::nearest;
use crate::said::time;

/// The limiters that have a name here, and how each is written.
const LIMITERS: [(&str, &str); 5] = [
    ("exponential", "exponential(\"5ms\", \"1000s\")"),
    ("fast_slow", "fast_slow(\"5ms\", \"10s\", 5)"),
    ("bucket", "bucket(10, 100)"),
    ("max_of", "max_of(exponential(\"5ms\", \"1000s\"), bucket(10, 100))"),
    ("max_wait", "max_wait(bucket(10, 100), \"1m\")"),
];

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "rate_limit",
    usage: "rate_limit = exponential(\"5ms\", \"1000s\")",
    repeats: false,
    read: |given, input| {
        let limiter = given.is()?;
        input.rate_limit = Some(match &limiter {
            // A user's own function.
            Expr::Path(_) | Expr::Closure(_) => quote!(#limiter),
            _ => {
                let limiter = expand(&limiter)?;
                quote!(|| #limiter)
            }
        });
        Ok(())
    },
};

/// A limiter, as tokens that make it.
fn expand(limiter: &Expr) -> syn::Result<TokenStream> {
    let names = LIMITERS.iter().map(|(name, _)| *name);
    let named = match limiter {
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => function.path.get_ident().map(|name| (name, call)),
            _ => None,
        },
        _ => None,
    };
    let Some((name, call)) = named else {
        let message = "a limiter is one of ours or a function of yours that makes one";
        return Err(syn::Error::new_spanned(limiter, message));
    };
    let text = name.to_string();
    let usage = LIMITERS.iter().find(|(known, _)| *known == text).map(|(_, usage)| usage);
    let Some(usage) = usage else {
        let message = match nearest(&text, names.clone()) {
            Some(near) => format!("there is no limiter `{text}`; did you mean `{near}`?"),
            None => {
                let names = names.map(|name| format!("`{name}(..)`")).collect::<Vec<_>>();
                format!(
                    "there is no limiter `{text}`: there are {}; of a function of your own write the name only",
                    names.join(", ")
                )
            }
        };
        return Err(syn::Error::new_spanned(name, message));
    };
    let wanted = || syn::Error::new_spanned(call, format!("it is written `{usage}`"));
    let path = quote!(::kube_runtime::__private::limiter);
    let arguments: Vec<&Expr> = call.args.iter().collect();
    match (text.as_str(), &arguments[..]) {
        ("exponential", [base, longest]) => {
            let (first, last) = both(time::read(base), time::read(longest))?;
            if first > last {
                let message = "the longest wait is shorter than the first";
                return Err(syn::Error::new_spanned(longest, message));
            }
            let (first, last) = (duration(first), duration(last));
            Ok(quote!(#path::Exponential::new(#first, #last)))
        }
        ("fast_slow", [fast, slow, attempts]) => {
            let (times, attempts) =
                both(both(time::read(fast), time::read(slow)), count(attempts))?;
            let (fast, slow) = (duration(times.0), duration(times.1));
            Ok(quote!(#path::FastSlow::new(#fast, #slow, #attempts)))
        }
        ("bucket", [per_second, burst]) => {
            let (per_second, burst) = both(rate(per_second), count(burst))?;
            Ok(quote!(#path::Bucket::new(#per_second, #burst)))
        }
        ("max_of", [first, second, more @ ..]) => {
            let (first, second) = both(expand(first), expand(second))?;
            let more =
                more.iter().map(|limiter| expand(limiter)).collect::<syn::Result<Vec<_>>>()?;
            Ok(quote!(#path::MaxOf::new(#first, #second)#(.and(#more))*))
        }
        ("max_wait", [inner, longest]) => {
            let (inner, longest) = both(expand(inner), time::read(longest))?;
            let longest = duration(longest);
            Ok(quote!(#path::MaxWait::new(#inner, #longest)))
        }
        _ => Err(wanted()),
    }
}

fn duration(milliseconds: u64) -> TokenStream {
    quote!(::core::time::Duration::from_millis(#milliseconds))
}

/// Both values, or what is wrong with either.
fn both<L, R>(left: syn::Result<L>, right: syn::Result<R>) -> syn::Result<(L, R)> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(mut left), Err(right)) => {
            left.combine(right);
            Err(left)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn count(value: &Expr) -> syn::Result<u32> {
    let number = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| syn::Error::new_spanned(value, "this is counted: a whole number"))
}

/// How many a second: something, or nothing would ever be tried again.
fn rate(value: &Expr) -> syn::Result<f64> {
    let number: Option<f64> = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0.0).ok_or_else(|| {
        syn::Error::new_spanned(value, "so many are tried again in a second: a number above zero")
    })
}
